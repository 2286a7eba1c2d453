-- The statements of state.py, each under its name.

-- name: schema
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists targets (
    id integer primary key,
    name text not null unique,
    kind text not null,
    url text,
    marks text not null default '{}',
    swept_at text,
    crawled_at text,
    landed integer not null default 0
);
create table if not exists seen (
    target integer not null,
    mention blob not null,
    content blob not null,
    run integer not null,
    primary key (target, mention)
) without rowid;
create table if not exists validators (
    target integer not null,
    page blob not null,
    etag text,
    modified text,
    primary key (target, page)
) without rowid;

create table if not exists refreshed (target integer primary key, at text not null);

-- name: check
pragma quick_check;

-- name: find_target
select id, kind, url from targets where name = :name;

-- name: add_target
insert into targets (name, kind, url) values (:name, :kind, :url);

-- name: change_target
update targets
set kind = :kind, url = :url, marks = '{}', swept_at = null, crawled_at = null
where id = :id;

-- name: read_target
select marks, swept_at, crawled_at, landed from targets where id = :id;

-- name: read_refreshed
select at from refreshed where target = :id;

-- name: set_refreshed
insert or replace into refreshed values (:id, :at);

-- name: set_marks
update targets set marks = :marks where id = :id;

-- name: set_crawled
update targets set crawled_at = :at, swept_at = iif(:whole, :at, swept_at) where id = :id;

-- name: add_landed
update targets set landed = landed + :count where id = :id;

-- name: find_seen
select content, run from seen where target = :id and mention = :mention;

-- name: set_seen
insert or replace into seen values (:id, :mention, :content, :run);

-- name: add_seen
insert or ignore into seen values (:id, :mention, :content, :run);

-- name: drop_one_seen
delete from seen where target = :id and mention = :mention;

-- name: list_unseen
create temp table unseen (mention blob primary key);

-- name: add_unseen
insert or ignore into unseen values (:mention);

-- name: drop_unseen
delete from seen where mention in (select mention from unseen);

-- name: find_validators
select etag, modified from validators where target = :id and page = :page;

-- name: set_validators
insert or replace into validators values (:id, :page, :etag, :modified);

-- name: drop_validators
delete from validators where target = :id and page = :page;

-- name: drop_all_validators
delete from validators where target = :id;

-- name: find_meta
select value from meta where key = :key;

-- name: set_meta
insert or replace into meta values (:key, :value);
