-- The events of these people that could end or mark their time, without those on days in custody.
select events.person_id, cast(events."on" as date) as "on", events.kind
from events
inner join people on events.person_id = people.person_id
left join away
    on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
where
    $place is not null and cast(events."on" as date) > $origin and cast(events."on" as date) <= $end
    and away.person_id is null
