-- Controllers that are alive, by their heartbeats. All times in this schema are the database's own.
create table fleet.controllers (
    controller_id text primary key,
    address text not null,
    draining boolean not null,
    started_at timestamptz not null default clock_timestamp(),
    heartbeat_at timestamptz not null default clock_timestamp()
);

-- One sequence for the epochs of all pools: an agent that moves to another pool never meets a smaller one.
create sequence fleet.epochs as bigint;

-- Who may act for a pool. Free: no owner, or expired.
create table fleet.leases (
    pool_id text primary key,
    owner text,
    epoch bigint not null,
    expires_at timestamptz not null
);

-- One sequence for all etags: a document that was deleted and created again never has an etag of its former life.
create sequence fleet.etags as bigint;

-- json, not jsonb: a text from outside may hold \u0000, which jsonb refuses.
create table fleet.documents (
    kind text not null,
    id text not null,
    etag bigint not null default nextval('fleet.etags'),
    schema integer not null,
    epoch bigint,
    value json not null,
    written_at timestamptz not null default clock_timestamp(),
    primary key (kind, id)
);

-- How pools stand, for controllers that do not own them.
create table fleet.statuses (
    pool_id text primary key,
    epoch bigint not null,
    value json not null,
    written_at timestamptz not null default clock_timestamp()
);

-- Decisions with their reasons; rows are only ever added.
create table fleet.decisions (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    pool_id text not null,
    node_id text not null,
    epoch bigint not null,
    record json not null
);
create index decisions_by_pool on fleet.decisions (pool_id, id desc);
create index decisions_by_node on fleet.decisions (pool_id, node_id, id desc);

-- What operators asked, and what came of it; rows are only ever added.
create table fleet.operations (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    record json not null
);

-- Wakes the controllers when a spec changed or a lease became free; the channel says only "look again".
create function fleet.wake() returns trigger language plpgsql as $$
begin
    perform pg_notify('fleet', tg_table_name);
    return null;
end $$;
create trigger spec_written after insert or update on fleet.documents
    for each row when (new.kind in ('pools', 'proxies')) execute function fleet.wake();
create trigger spec_deleted after delete on fleet.documents
    for each row when (old.kind in ('pools', 'proxies')) execute function fleet.wake();
create trigger lease_freed after update on fleet.leases
    for each row when (new.owner is null) execute function fleet.wake();

-- The role that controllers run with may use this schema and change nothing of it; what was decided stays decided.
do $$
begin
    if exists (select from pg_roles where rolname = 'fleet_controller') then
        grant usage on schema fleet to fleet_controller;
        grant select on fleet.migrations to fleet_controller;
        grant select, insert, update, delete on fleet.controllers, fleet.leases, fleet.documents, fleet.statuses to fleet_controller;
        grant select, insert on fleet.decisions, fleet.operations to fleet_controller;
        grant usage on sequence fleet.epochs, fleet.etags to fleet_controller;
    end if;
end $$;
