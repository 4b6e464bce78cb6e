-- How many people share the same counts and days at risk: what every estimate is made from. It names nobody.
with chosen as (
    select
        *,
        $grouping as cell_group
    from person_counts
    where $which
)

select
    cell_group,
    before,
    after,
    days_before,
    days_after,
    count(*) as people,
    count(*) filter (where days_during > 0) as people_during,
    cast(sum(during) as bigint) as during,
    cast(sum(days_during) as bigint) as days_during
from chosen
group by cell_group, before, after, days_before, days_after
-- sums of floating numbers depend on the order of their terms: a stated order gives the same digits every time
order by before, after, days_before, days_after
