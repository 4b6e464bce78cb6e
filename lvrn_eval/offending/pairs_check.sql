-- Rows of counts that cannot be used, by reason. Nobody's value is told, only how many rows there are.
select
    count(*) as people,
    count(*) filter (where before is null) as before_missing,
    count(*) filter (where after is null) as after_missing,
    count(*) filter (where before < 0 or before >= $most or before <> floor(before)) as before_no_count,
    count(*) filter (where after < 0 or after >= $most or after <> floor(after)) as after_no_count,
    count(*) filter (where days_before is null) as days_before_missing,
    count(*) filter (where days_after is null) as days_after_missing,
    count(*) filter (where days_before < 0 or days_before >= $most) as days_before_no_number,
    count(*) filter (where days_after < 0 or days_after >= $most) as days_after_no_number,
    count(*) filter (where before > 0 and days_before = 0) as before_no_day,
    count(*) filter (where after > 0 and days_after = 0) as after_no_day
from counts
