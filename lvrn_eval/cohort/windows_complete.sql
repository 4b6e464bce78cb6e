-- The people whose windows are whole.
select * from windows where before_complete and after_complete
