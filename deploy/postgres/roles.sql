-- The two roles of Fleet's database, with the least they need. Run once by an administrator in the database that Fleet shall use:
--   psql -v owner_password=... -v controller_password=... -f roles.sql fleet
-- fleet_owner owns the schema and migrates it (fleet controller --postgres-owner, at an upgrade).
-- fleet_controller is what controllers run as: it reads and writes rows, and can neither change the schema nor alter what was audited.
create role fleet_owner login nosuperuser nocreatedb nocreaterole noreplication password :'owner_password';
create role fleet_controller login nosuperuser nocreatedb nocreaterole noreplication password :'controller_password';
revoke all on database :"DBNAME" from public;
revoke create on schema public from public;
grant connect, create on database :"DBNAME" to fleet_owner;
grant connect on database :"DBNAME" to fleet_controller;
