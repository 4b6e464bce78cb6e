-- One row per person: the first and last day of each window, both included, and how many days that is.
-- The before window ends on the day before first_contact, the after window begins on the day after last_contact.
-- A null before_from says that nobody knows how far back the records go.
with dated as (
    select
        people.person_id,
        $site as site,
        cast(people.first_contact as date) as first_contact,
        cast(people.last_contact as date) as last_contact
    from people
),

asked as (
    select
        *,
        first_contact - cast($before_days as integer) as before_asked,
        last_contact + cast($after_days as integer) as after_asked
    from dated
),

cut as (
    select
        *,
        -- records that begin after the first contact leave an empty window, not a negative one
        case
            when greatest(before_asked, cast($observed_from as date)) > first_contact then first_contact
            else greatest(before_asked, cast($observed_from as date))
        end as before_from,
        least(coalesce(after_asked, $as_of), $as_of) as after_to
    from asked
)

select
    person_id,
    site,
    first_contact,
    last_contact,
    before_from,
    after_to,
    coalesce(before_asked >= cast($observed_from as date), true) as before_complete,
    coalesce(after_asked <= $as_of, true) as after_complete,
    cast(date_diff('day', before_from, first_contact) as integer) as days_before,
    cast(date_diff('day', first_contact, last_contact) + 1 as integer) as days_during,
    cast(date_diff('day', last_contact, after_to) as integer) as days_after
from cut
