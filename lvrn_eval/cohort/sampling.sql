-- How many met every rule, and how many of them are in the sample, by group; a group with nobody eligible shows too.
select
    $per as "group",
    count(*) filter (where failed_at is null) as eligible,
    count(*) filter (where failed_at is null and place <= $limit) as reached
from decided
group by 1
