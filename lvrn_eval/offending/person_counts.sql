-- One row per person: events and days at risk in each period, and what became of the person's recorded events.
with counted as (
    select
        windows.person_id,
        windows.site,
        coalesce(counts.before, 0) as before,
        coalesce(counts.during, 0) as during,
        coalesce(counts.after, 0) as after,
        windows.days_before,
        windows.days_during,
        windows.days_after,
        windows.before_complete and windows.after_complete as whole,
        windows."group"
    from windows
    left join counts on windows.person_id = counts.person_id
)

select
    person_id,
    site,
    before,
    during,
    after,
    days_before,
    days_during,
    days_after,
    case
        when before = 0 and after = 0 then 'none_recorded'
        when after = 0 then 'desisted'
        when after < before then 'reduced'
        when after = before then 'unchanged'
        else 'increased'
    end as class,
    whole,
    "group"
from counted
