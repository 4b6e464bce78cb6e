-- One row per person: the first and last day of each window, both included, and how many days that is.
-- The before window ends on the day before before_anchor, less the washout; the after window begins on the day after
-- after_anchor. A null before_from says that nobody knows how far back the records go.
with dated as (
    select
        people.person_id,
        $site as site,
        $grouping as "group",
        cast($before_anchor as date) as before_anchor,
        cast($after_anchor as date) as after_anchor
    from people
),

ends as (
    select
        *,
        before_anchor - cast($washout as integer) as before_end,
        after_anchor + cast($after_days as integer) as after_asked,
        least(coalesce(after_anchor + cast($after_days as integer), $as_of), $as_of) as after_to
    from dated
),

asked as (
    select
        *,
        before_end - $before_length as before_asked
    from ends
),

cut as (
    select
        *,
        -- records that begin after the before window ends leave an empty window, not a negative one
        case
            when greatest(before_asked, cast($observed_from as date)) > before_end then before_end
            else greatest(before_asked, cast($observed_from as date))
        end as before_from
    from asked
)

select
    person_id,
    site,
    "group",
    before_anchor,
    after_anchor,
    before_from,
    before_end - 1 as before_to,
    after_to,
    coalesce(before_asked >= cast($observed_from as date), true) as before_complete,
    coalesce(after_asked <= $as_of, true) as after_complete,
    cast(date_diff('day', before_from, before_end) as integer) as days_before,
    cast(date_diff('day', before_anchor, after_anchor) + 1 as integer) as days_during,
    cast(date_diff('day', after_anchor, after_to) as integer) as days_after
from cut
