"""What the exports of an account show that is worth telling, each as of the export that shows it first."""
