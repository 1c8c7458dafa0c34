# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
# What is released is built with the Go that .ci/go-version names, whichever the base has.
RUN export GOTOOLCHAIN=go$(cat .ci/go-version) && \
    mkdir /logs && .ci/licenses /licenses && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /dispatcher ./cmd/dispatcher

# The binary has all that it needs in it: certificate authorities, time zones, the page. There is no shell.
FROM scratch
COPY --from=build /dispatcher /dispatcher
COPY --from=build /licenses /licenses
# Where decisions can be written to. What is made in it is 0640: a shipper of another user needs the group 65534.
COPY --from=build --chown=65534:65534 /logs /var/log/routr
# Nobody: the port is above 1024.
USER 65534:65534
# A mount that was forgotten is an error, not the demo. Without one: docker run … --demo=0.0.0.0:51901
ENV DISPATCHER_REQUIRE_CONFIG=true
# The configuration is looked for at /etc/routr/dispatcher.yaml; CONFIG_PATH names another file.
EXPOSE 51901
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/dispatcher", "healthcheck"]
ENTRYPOINT ["/dispatcher"]
