-- The same for events on days that were not days at risk, and how many of them lie under age.
with placed as (
    select
        windows.person_id,
        away.reason,
        case
            when
                cast(events."on" as date) <= windows.before_to
                and (windows.before_from is null or cast(events."on" as date) >= windows.before_from)
                then 'before'
            when cast(events."on" as date) between windows.before_anchor and windows.after_anchor then 'during'
            when
                cast(events."on" as date) > windows.after_anchor and cast(events."on" as date) <= windows.after_to
                then 'after'
        end as period
    from events
    inner join away
        on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
    inner join windows on away.person_id = windows.person_id
    where $wanted
)

select
    person_id,
    count(case when period = 'before' then 1 end) as before,
    count(case when period = 'during' then 1 end) as during,
    count(case when period = 'after' then 1 end) as after,
    count(case when period is not null and reason = 'age' then 1 end) as under_age
from placed
group by person_id
