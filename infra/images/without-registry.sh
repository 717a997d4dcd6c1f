#!/usr/bin/env bash
# Makes the images that infra/compose.yaml takes from others' registries, where none can be reached: the same programs, built from their
# source by Go, on Debian's base. The engine has to have debian:bookworm-slim, and `docker` or `podman` (CONTAINER_ENGINE) builds.
set -euo pipefail
engine="${CONTAINER_ENGINE:-$(command -v docker || command -v podman)}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# image, module and version, package in it, where the image has the program
make() {
  "$engine" image inspect "$1" >/dev/null 2>&1 && return
  echo "making $1 from $2"
  local name; name="$(basename "$4")"
  if [ -n "${PROGRAMS:-}" ] && [ -x "$PROGRAMS/$name" ]; then cp "$PROGRAMS/$name" "$folder/$name"
  else
    local source; source="$(go mod download -json "$2" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')"
    (cd "$source" && CGO_ENABLED=0 go build -trimpath -o "$folder/$name" "$3")
  fi
  cat >"$folder/Dockerfile" <<DF
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends busybox && rm -rf /var/lib/apt/lists/* && ln -s /bin/busybox /usr/local/bin/wget
COPY $name $4
ENTRYPOINT ["$4"]
DF
  "$engine" build --network=host --tag "docker.io/$1" "$folder"
}
make versity/versitygw:v1.8.0 github.com/versity/versitygw@v1.8.0 ./cmd/versitygw /app/versitygw
make axllent/mailpit:v1.33 github.com/axllent/mailpit@v1.33.1 . /mailpit
