-- Stretches of days on which a person was not at risk of a recorded event, both ends included.
-- Spells that share a day are one spell (gaps and islands). The days of reception and of release are days at risk.
with spells as (
    select
        windows.person_id,
        cast(custody.starts_on as date) as starts_on,
        -- a spell that goes on has no day of release up to as_of
        coalesce(cast(custody.ends_on as date), $as_of + 1) as ends_on
    from custody
    inner join windows on custody.person_id = windows.person_id
    where cast(custody.starts_on as date) <= $as_of
),

marked as (
    select
        *,
        case
            when
                starts_on <= max(ends_on) over (
                    partition by person_id order by starts_on, ends_on
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as opens
    from spells
),

numbered as (
    select
        *,
        sum(opens) over (
            partition by person_id order by starts_on, ends_on
            rows between unbounded preceding and current row
        ) as island
    from marked
)

select
    person_id,
    min(starts_on) + 1 as away_from,
    max(ends_on) - 1 as away_to,
    'custody' as reason
from numbered
group by person_id, island
having max(ends_on) - 1 >= min(starts_on) + 1
