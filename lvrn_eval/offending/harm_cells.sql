-- How many people share the same harm, events and days at risk. It names nobody.
with counted as (
    select
        coalesce(counts.before, 0) as before,
        coalesce(counts.after, 0) as after,
        coalesce(counts.unmapped_before, 0) as unmapped_before,
        coalesce(counts.unmapped_after, 0) as unmapped_after,
        cast(coalesce(counts.harm_before, 0) as double) as harm_before,
        cast(coalesce(counts.harm_after, 0) as double) as harm_after,
        windows.days_before,
        windows.days_after
    from windows
    left join counts on windows.person_id = counts.person_id
)

select
    before,
    after,
    unmapped_before,
    unmapped_after,
    harm_before,
    harm_after,
    days_before,
    days_after,
    count(*) as people
from counted
group by before, after, unmapped_before, unmapped_after, harm_before, harm_after, days_before, days_after
order by before, after, unmapped_before, unmapped_after, harm_before, harm_after, days_before, days_after
