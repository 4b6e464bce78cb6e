-- People and records by site and by the first rule they failed.
select
    $site as site,
    coalesce(failed_at, 0) as failed_at,
    case when failed_at is null and $limit is not null and place > $limit then true else false end as not_sampled,
    count(*) as people,
    count(*) filter (where undecided) as undecided,
    sum($records) as records
from decided
group by 1, 2, 3
