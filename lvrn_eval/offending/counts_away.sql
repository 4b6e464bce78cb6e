-- The same for events on days that were not days at risk.
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
inner join away
    on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
inner join windows on away.person_id = windows.person_id
where $wanted
group by windows.person_id
