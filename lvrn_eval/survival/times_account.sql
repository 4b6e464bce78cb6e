-- How each person's time ended, by their last row.
with numbered as (
    select
        times.person_id,
        times.event,
        times.cause,
        row_number() over (partition by times.person_id order by times.days desc) as place
    from times
)

select event, cause, count(*) as people
from numbered
where place = 1
group by event, cause
order by event desc, cause
