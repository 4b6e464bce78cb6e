-- Each person's time as rows: at risk on the days after entry, up to days. A new row begins wherever something changes.
with marks as (
    select person_id, day, away, happened, changed from marks_custody
    union all
    select person_id, day, away, happened, changed from marks_events
    union all
    select person_id, day, away, happened, changed from marks_changes
    union all
    select person_id, $landmark as day, 0 as away, 0 as happened, 0 as changed from follow
    union all
    select person_id, 0 as day, 0 as away, 0 as happened, 0 as changed from follow
    union all
    select person_id, days as day, 0 as away, 0 as happened, 0 as changed from follow
),

points as (
    select person_id, day, sum(away) as away, max(happened) as happened, sum(changed) as changed
    from marks
    group by person_id, day
),

stretches as (
    select
        person_id,
        day as entry,
        lead(day) over (partition by person_id order by day) as days,
        lead(happened) over (partition by person_id order by day) as ends_with_event,
        lead(away) over (partition by person_id order by day) as ends_in_custody,
        sum(away) over (partition by person_id order by day rows between unbounded preceding and current row) as away,
        sum(happened) over (partition by person_id order by day rows between unbounded preceding and current row)
            as happened,
        sum(changed) over (partition by person_id order by day rows between unbounded preceding and current row)
            as changed
    from points
)

select
    stretches.person_id,
    follow.site,
    cast(stretches.entry as bigint) as entry,
    cast(stretches.days as bigint) as days,
    case
        when stretches.ends_with_event = 1 then 1
        when stretches.days = follow.days then follow.event
        else 0
    end as event,
    case
        when stretches.ends_with_event = 1 then $label
        when stretches.days = follow.days then follow.cause
        when stretches.ends_in_custody > 0 then 'custody'
        else 'continues'
    end as cause
from stretches
inner join follow on stretches.person_id = follow.person_id
where stretches.away = 0 and stretches.entry >= $landmark and stretches.days <= follow.days
order by stretches.person_id, stretches.entry
