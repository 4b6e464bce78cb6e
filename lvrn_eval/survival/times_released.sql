-- The people who were released.
select * from people where people.day_of_release is not null
