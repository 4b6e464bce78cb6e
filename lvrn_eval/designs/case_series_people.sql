-- One row per person: the days from which the periods follow, and the days observed: from the day of age on.
-- The window before the referral ends with the day of referral, at the latest the day before the first contact.
with dated as (
    select
        people.person_id,
        cast(people.first_contact as date) as first_contact,
        cast(people.last_contact as date) as last_contact,
        $referred as said_referred,
        cast(date_trunc('month', $birth) as date) as birth
    from people
)

select
    person_id,
    first_contact,
    last_contact,
    said_referred,
    least(coalesce(said_referred, first_contact - 1), first_contact - 1) as referred_on,
    birth,
    greatest($observed_from, coalesce(cast(birth + interval ($min_age_months) month as date), $observed_from))
        as starts_on,
    $as_of as ends_on
from dated
