-- Each person's events and their harm before and after, on days at risk; harm in exact decimals, so that order is nothing.
with placed as (
    select
        windows.person_id,
        weights.weight,
        case
            when
                cast(events."on" as date) <= windows.before_to
                and (windows.before_from is null or cast(events."on" as date) >= windows.before_from)
                then 'before'
            when
                cast(events."on" as date) > windows.after_anchor and cast(events."on" as date) <= windows.after_to
                then 'after'
        end as period
    from events
    inner join windows on events.person_id = windows.person_id
    left join weights on cast(events.offence as text) = weights.offence
    left join away
        on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
    where $wanted and away.person_id is null
)

select
    person_id,
    count(case when period = 'before' then 1 end) as before,
    count(case when period = 'after' then 1 end) as after,
    count(case when period = 'before' and weight is null then 1 end) as unmapped_before,
    count(case when period = 'after' and weight is null then 1 end) as unmapped_after,
    sum(case when period = 'before' then coalesce(cast(weight as decimal(18, 4)), cast($unmapped as decimal(18, 4))) end)
        as harm_before,
    sum(case when period = 'after' then coalesce(cast(weight as decimal(18, 4)), cast($unmapped as decimal(18, 4))) end)
        as harm_after
from placed
where period is not null
group by person_id
