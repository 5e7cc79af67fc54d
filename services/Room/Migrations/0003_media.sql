alter table sessions add column camera text not null default 'optional' check (camera in ('optional', 'expected', 'off'));

-- Where the media of a session is: one room at one media node. The epoch grows when it is moved to another node.
create table media_rooms (
    session_id uuid        primary key references sessions (session_id),
    node       text        not null,
    epoch      integer     not null check (epoch > 0),
    -- Expected pairs of sender and receiver: what the room costs its node.
    pairs      integer     not null,
    placed_at  timestamptz not null,
    closed_at  timestamptz
);
create index media_rooms_by_node on media_rooms (node) where closed_at is null;

-- A participant's session at the media node, so that another process can take it over, and so that it can be ended by any process.
create table media_peers (
    session_id     uuid        not null references sessions (session_id),
    participant_id uuid        not null,
    epoch          integer     not null,
    node           text        not null,
    remote_session bigint      not null,
    publisher      bigint      not null,
    private_id     bigint      not null,
    subscriber     bigint,
    -- The process that keeps it alive, and the hub connection that asked for it.
    owner          uuid        not null,
    connection_id  text        not null,
    -- What they send: the peer connection's origin and the sections of its description.
    origin         text,
    ufrags         text,
    audio_mid      text,
    video_mid      text,
    wished         text        not null,
    received       text        not null,
    primary key (session_id, participant_id)
);
create index media_peers_by_owner on media_peers (owner);

-- Nodes that take no new rooms, by an operator's decision.
create table media_nodes (
    node     text    primary key,
    draining boolean not null
);
