-- The offences of these people's wanted events as they are spelt, and how many events have each.
select
    cast(events.offence as text) as offence,
    count(*) as events
from events
inner join windows on events.person_id = windows.person_id
where $wanted
group by cast(events.offence as text)
order by offence
