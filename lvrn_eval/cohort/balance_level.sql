-- Share with each level of one categorical feature, among all eligible and among the sampled.
with levels as (
    select
        cast($feature as varchar) as level,
        count(*) as eligible_with,
        count(*) filter (where place <= $limit) as selected_with
    from decided
    where failed_at is null and $feature is not null
    group by 1
),
totals as (select sum(eligible_with) as eligible_n, sum(selected_with) as selected_n from levels)
select
    $term as term,
    levels.level,
    totals.eligible_n,
    levels.eligible_with / cast(totals.eligible_n as double) as eligible,
    sqrt(
        levels.eligible_with / cast(totals.eligible_n as double)
        * (1 - levels.eligible_with / cast(totals.eligible_n as double))
    ) as spread,
    totals.selected_n,
    levels.selected_with / nullif(cast(totals.selected_n as double), 0) as selected,
    levels.selected_with
from levels
cross join totals
order by levels.level
