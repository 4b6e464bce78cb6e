-- Events that count, day by day.
select day, count(*) as events from placed group by day order by day
