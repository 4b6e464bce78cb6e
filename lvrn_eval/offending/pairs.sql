-- The four numbers of each person that a comparison of two periods needs; what happened in between is no part of it.
select
    cast(before as bigint) as before,
    cast(after as bigint) as after,
    days_before,
    days_after,
    cast(0 as bigint) as during,
    cast(0 as bigint) as days_during
from counts
