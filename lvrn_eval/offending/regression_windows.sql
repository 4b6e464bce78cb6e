-- One row per person: where each stretch of days begins. No day lies before the records, none after the review date.
-- Latest first: the washout ends on the day before the anchor; the before window (window_from) ends where the washout
-- begins; the earlier window ends where the before window begins; the rest goes back to the start of the records
-- (before_from). The raw window is what is counted without a washout.
with dated as (
    select
        people.person_id,
        cast($before_anchor as date) as before_anchor,
        cast($after_anchor as date) as after_anchor
    from people
),

asked as (
    select
        *,
        before_anchor - cast($washout_days as integer) as washout_asked,
        before_anchor - cast($washout_days + $window_days as integer) as window_asked,
        before_anchor - cast($washout_days + 2 * $window_days as integer) as earlier_asked,
        before_anchor - cast($window_days as integer) as raw_asked,
        after_anchor + cast($window_days as integer) as after_asked
    from dated
)

select
    person_id,
    before_anchor,
    after_anchor,
    least($observed_from, before_anchor) as before_from,
    least(greatest(earlier_asked, $observed_from), before_anchor) as earlier_from,
    least(greatest(window_asked, $observed_from), before_anchor) as window_from,
    least(greatest(washout_asked, $observed_from), before_anchor) as washout_from,
    least(greatest(raw_asked, $observed_from), before_anchor) as raw_from,
    least(after_asked, $as_of) as after_to,
    window_asked < $observed_from as window_cut,
    earlier_asked < $observed_from as earlier_cut,
    after_asked > $as_of as after_cut
from asked
