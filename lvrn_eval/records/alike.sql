-- The people who agree with another id on all that says who a person is, each with a number and the row it stands in; not where
-- too many agree, since then a date of birth stands for none.
with repeated as (
    select "same:person" as alike
    from staged
    where "same:person" is not null
    group by "same:person"
    having count(distinct person_id) between 2 and $most
)
select
    repeated.alike,
    known.pseudonym as person_id,
    row_number() over (order by staged.source_file, staged.source_row) as row_number,
    staged.source_file,
    staged.source_row
from staged
join repeated on repeated.alike = staged."same:person"
join known on known.identifier = staged.person_id
