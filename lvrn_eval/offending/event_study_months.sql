-- The months around the anchor, everybody together.
select
    months.time,
    count(person_months.person_id) as people,
    cast(coalesce(sum(person_months.events), 0) as bigint) as events,
    cast(coalesce(sum(person_months.days), 0) as bigint) as days,
    cast(coalesce(sum(person_months.events * person_months.events), 0) as bigint) as squares,
    cast(coalesce(max(person_months.events), 0) as bigint) as most
from months
left join person_months on months.time = person_months.time
group by months.time
order by months.time
