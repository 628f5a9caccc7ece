"""Migrations of the content store, in order; run by `bot.store.content.ContentStore.open`."""
