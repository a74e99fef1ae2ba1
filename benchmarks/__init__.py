"""What semwatch is measured with: quality on RAGTruth, speed on traffic of our own."""
