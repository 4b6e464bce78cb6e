-- How many events a table of counts holds, how many of them are in a window, and how many in the washout.
select
    cast(coalesce(sum(recorded), 0) as bigint) as recorded,
    cast(coalesce(sum(before + during + after), 0) as bigint) as placed,
    cast(coalesce(sum(washed_out), 0) as bigint) as washed_out
from counts
