package httpapi

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"
)

var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Code}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p><code>{{.Code}}</code>, HTTP status {{.Status}}</p>
<p>{{.Meaning}}</p>
</body>
</html>
`))

// explainProblem is GET /problems/{code}: a problem's type explained to a person.
func (s *Server) explainProblem(c *gin.Context) error {
	for _, row := range table {
		if row.code != c.Param("code") || row.meaning == "" {
			continue
		}
		row = s.problems.configured(row)
		var page bytes.Buffer
		err := problemPage.Execute(&page, struct {
			Code, Title, Meaning string
			Status               int
		}{row.code, row.title, row.meaning, row.status})
		if err != nil {
			return fmt.Errorf("render problem page: %w", err)
		}
		c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
		return nil
	}
	return errRouteNotFound
}
