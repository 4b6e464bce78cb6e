-- Counted events of each person in each stretch.
select
    periods.person_id,
    periods.period,
    count(*) as events
from events
inner join periods on events.person_id = periods.person_id and events.day between periods.day_from and periods.day_to
where events.counted and not events.away
group by periods.person_id, periods.period
