-- What stands in the way of pairs on one scale.
select
    count(distinct case when pairs.n_before > 1 then pairs.person_id end) as repeated_before,
    count(distinct case when pairs.n_after > 1 then pairs.person_id end) as repeated_after,
    count(case when pairs.before is not null and pairs.after is not null and pairs.on_after < pairs.on_before then 1 end)
        as backwards
from pairs
where pairs.scale = $scale
