-- Rows that are not one person each.
select
    coalesce(sum(copies) filter (where person_id is null), 0) as unnamed,
    count(*) filter (where person_id is not null and copies > 1) as repeated
from (select person_id, count(*) as copies from features group by person_id) as grouped
