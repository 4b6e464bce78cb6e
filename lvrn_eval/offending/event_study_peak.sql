-- How many people share the same events and days in the last months before the anchor, and in those before them.
with sides as (
    select
        person_id,
        sum(case when time < -$peak then events else 0 end) as before,
        sum(case when time >= -$peak then events else 0 end) as after,
        sum(case when time < -$peak then days else 0 end) as days_before,
        sum(case when time >= -$peak then days else 0 end) as days_after
    from person_months
    where time < 0
    group by person_id
)

select
    cast(before as bigint) as before,
    cast(after as bigint) as after,
    cast(days_before as bigint) as days_before,
    cast(days_after as bigint) as days_after,
    count(*) as people
from sides
group by before, after, days_before, days_after
-- sums of floating numbers depend on the order of their terms: a stated order gives the same digits every time
order by before, after, days_before, days_after
