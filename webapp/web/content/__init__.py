"""The analysis of posts: how they do by kind, time, hashtag and sound, each a tab of its own."""
