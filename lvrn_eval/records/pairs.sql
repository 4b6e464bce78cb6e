-- The pairs of people who are alike and share a day, each pair once, by the rows they stand in.
with shared as (
    select distinct one.row_number as one_row, other.row_number as other_row
    from days as one
    join days as other
        on one.alike = other.alike
        and one.sort = other.sort
        and one.place = other.place
        and one.day = other.day
        and one.row_number < other.row_number
)
select
    one.source_file as file,
    one.source_row as "row",
    other.source_file as other_file,
    other.source_row as other_row
from shared
join alike as one on one.row_number = shared.one_row
join alike as other on other.row_number = shared.other_row
where one.person_id <> other.person_id
order by one.source_file, one.source_row, other.source_file, other.source_row
