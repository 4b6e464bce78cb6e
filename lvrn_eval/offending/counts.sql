-- Events of the wanted kinds per person: all on record, and those in each period.
select
    windows.person_id,
    count(*) as recorded,
    count(
        case
            when
                cast(events."on" as date) < windows.first_contact
                and (windows.before_from is null or cast(events."on" as date) >= windows.before_from)
                then 1
        end
    ) as before,
    count(
        case when cast(events."on" as date) between windows.first_contact and windows.last_contact then 1 end
    ) as during,
    count(
        case
            when
                cast(events."on" as date) > windows.last_contact
                and cast(events."on" as date) <= windows.after_to
                then 1
        end
    ) as after
from events
inner join windows on events.person_id = windows.person_id
where $wanted
group by windows.person_id
