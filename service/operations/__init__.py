"""What an operator looks after: index generations, jobs, health."""
