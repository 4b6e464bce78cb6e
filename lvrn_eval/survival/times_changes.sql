-- When each person's group is known anew, in order; what is known on the start day or before counts from day 0.
with placed as (
    select
        changes.*,
        case
            when cast(changes."on" as date) <= $start then 0
            else date_diff('day', $origin, cast(changes."on" as date))
        end as day
    from changes
    inner join people on changes.person_id = people.person_id
    where cast(changes."on" as date) <= $end
),

newest as (
    select
        *,
        row_number() over (partition by person_id, day order by "on" desc) as newest
    from placed
)

select
    *,
    row_number() over (partition by person_id order by day) as place
from newest
where newest = 1
