-- Mean and spread of one numeric feature, among all eligible and among the sampled.
select
    $term as term,
    cast(null as varchar) as level,
    count(cast($feature as double)) as eligible_n,
    avg(cast($feature as double)) as eligible,
    stddev_samp(cast($feature as double)) as spread,
    count(case when place <= $limit then cast($feature as double) end) as selected_n,
    avg(case when place <= $limit then cast($feature as double) end) as selected,
    cast(null as bigint) as selected_with
from decided
where failed_at is null
