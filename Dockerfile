# One image for the gateway and the three subgraphs; docker-compose.yml says which program each container runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Optional dependencies are Node itself and the embedded PostgreSQL, which a container has from elsewhere.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Source maps, types and builds for bundlers are more than half of what is installed, and nothing reads them here.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.flow' \) -delete \
  && find node_modules -type d -path '*/build/esnext' -prune -exec rm -rf {} +

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
ENV HOST=0.0.0.0 PORT=4000 SUPERGRAPH=dist/supergraph.yaml OPERATIONS=dist/operations
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/gateway/main.js"]
