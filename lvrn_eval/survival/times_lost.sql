-- How many people were followed, and how many of the others had their time end by the day from which people are followed.
select *
from (
    select count(*) as people, count(*) filter (where follow.days <= $landmark) as over_before
    from follow
) as everyone
cross join (
    select count(distinct times.person_id) as followed from times
) as rest
