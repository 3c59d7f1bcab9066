"""What TikTok Studio counted: its page, charts, videos and downloads."""
