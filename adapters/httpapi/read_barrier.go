package httpapi

import "github.com/gin-gonic/gin"

// fresh makes a handler one that answers on all that any process has acknowledged before
// the request came.
func (s *Server) readBarrier(handler func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if err := s.ledger.Refresh(requestContext(c)); err != nil {
			return err
		}
		return handler(c)
	}
}
