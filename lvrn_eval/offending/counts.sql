-- Events of the wanted kinds per person: all on record, those in each period, and those in the washout.
select
    windows.person_id,
    count(*) as recorded,
    count(
        case
            when
                cast(events."on" as date) <= windows.before_to
                and (windows.before_from is null or cast(events."on" as date) >= windows.before_from)
                then 1
        end
    ) as before,
    count(
        case when cast(events."on" as date) between windows.before_anchor and windows.after_anchor then 1 end
    ) as during,
    count(
        case
            when
                cast(events."on" as date) > windows.after_anchor
                and cast(events."on" as date) <= windows.after_to
                then 1
        end
    ) as after,
    count(
        case
            when
                cast(events."on" as date) > windows.before_to
                and cast(events."on" as date) < windows.before_anchor
                then 1
        end
    ) as washed_out
from events
inner join windows on events.person_id = windows.person_id
where $wanted
group by windows.person_id
