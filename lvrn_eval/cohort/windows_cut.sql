-- How many people there are, and how many have a window that was cut short.
select
    count(*) as people,
    count(*) filter (where not before_complete) as cut_before,
    count(*) filter (where not after_complete) as cut_after,
    count(*) filter (where not (before_complete and after_complete)) as cut_any
from windows
