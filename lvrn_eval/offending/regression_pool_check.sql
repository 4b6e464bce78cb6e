-- Rows of the pool that are not one person each, and people of it who were selected.
select
    count(*) filter (where pool.person_id is null) as unnamed,
    count(pool.person_id) - count(distinct pool.person_id) as repeated,
    count(selected.person_id) as in_both
from pool
left join selected on pool.person_id = selected.person_id
