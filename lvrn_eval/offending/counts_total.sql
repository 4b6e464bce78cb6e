-- How many events a table of counts holds, and how many of them are in a window.
select
    cast(coalesce(sum(recorded), 0) as bigint) as recorded,
    cast(coalesce(sum(before + during + after), 0) as bigint) as placed
from counts
