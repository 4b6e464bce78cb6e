-- Stretches of days on which a person was not at risk, apart from one another: those under age, then those in custody.
with grown as (
    select
        people.person_id,
        windows.before_from,
        cast($of_age_on as date) as of_age_on
    from people
    inner join windows on people.person_id = windows.person_id
    where people.birth_month is not null
)

select
    grown.person_id,
    -- earlier than any record reaches, a person not yet born included
    cast('1000-01-01' as date) as away_from,
    grown.of_age_on - 1 as away_to,
    'age' as reason
from grown
where grown.before_from is null or grown.of_age_on > grown.before_from
union all
select
    away.person_id,
    greatest(away.away_from, coalesce(grown.of_age_on, away.away_from)) as away_from,
    away.away_to,
    away.reason
from away
left join grown on away.person_id = grown.person_id
where away.away_to >= coalesce(grown.of_age_on, away.away_from)
