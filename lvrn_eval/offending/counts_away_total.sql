-- How many events lie on days not at risk, and how many of them under age.
select
    cast(coalesce(sum(before + during + after), 0) as bigint) as placed,
    cast(coalesce(sum(under_age), 0) as bigint) as under_age
from counts
