-- The offences of these people that were proved in time.
select events.person_id, cast(events."on" as date) as "on", $label as kind
from events
inner join people on events.person_id = people.person_id
where
    $proof
    and cast(events."on" as date) <= people.follow_up_ends
    and cast(events.proved_on as date) <= $mature_on
